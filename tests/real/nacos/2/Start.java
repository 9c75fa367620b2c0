package com.alibaba.nacos;

import com.alibaba.nacos.core.code.ControllerMethodsCache;
import com.alibaba.nacos.sys.filter.NacosTypeExcludeFilter;
import javax.annotation.PostConstruct;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurationExcludeFilter;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.TypeExcludeFilter;
import org.springframework.boot.web.servlet.ServletComponentScan;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.context.annotation.FilterType;
import org.springframework.scheduling.annotation.EnableScheduling;

/** Starts a server of Nacos 2.x without its console. */
@SpringBootApplication
@ComponentScan(
    basePackages = "com.alibaba.nacos",
    excludeFilters = @Filter(
        type = FilterType.CUSTOM,
        classes = {NacosTypeExcludeFilter.class, TypeExcludeFilter.class, AutoConfigurationExcludeFilter.class}))
@ServletComponentScan
@EnableScheduling
public class Start {
    private final ControllerMethodsCache methods;

    public Start(ControllerMethodsCache methods) {
        this.methods = methods;
    }

    public static void main(String[] args) {
        SpringApplication.run(Start.class, args);
    }

    /** The console does this. Nobody is asked for a login where it is not done. */
    @PostConstruct
    public void knowWhatNeedsALogin() {
        methods.initClassMethod("com.alibaba.nacos.core.controller");
        methods.initClassMethod("com.alibaba.nacos.config.server.controller");
        methods.initClassMethod("com.alibaba.nacos.plugin.auth.impl.controller");
    }
}
